// The threads of a block as fibres: each runs until all have to wait for one another.
#include <ucontext.h>

struct _Index {
  unsigned int x;
};
static _Index threadIdx, blockIdx, blockDim, gridDim;
#define __shared__ static

namespace _fibres {
constexpr int MOST = 1024, STACK = 1 << 16;
static ucontext_t scheduler, threads[MOST];
static char stacks[MOST][STACK];
static bool done[MOST];
static void (*body)();
static char slots[MOST][16];

static void enter() {
  body();
  done[threadIdx.x] = true;
}

static void wait() { swapcontext(&threads[threadIdx.x], &scheduler); }

static void run(int blocks, int count, void (*function)()) {
  body = function;
  blockDim.x = count;
  gridDim.x = blocks;
  for (blockIdx.x = 0; blockIdx.x < (unsigned)blocks; ++blockIdx.x) {
    for (int t = 0; t < count; ++t) {
      done[t] = false;
      getcontext(&threads[t]);
      threads[t].uc_stack.ss_sp = stacks[t];
      threads[t].uc_stack.ss_size = STACK;
      threads[t].uc_link = &scheduler;
      makecontext(&threads[t], enter, 0);
    }
    for (bool left = true; left;) {
      left = false;
      for (int t = 0; t < count; ++t) {
        if (done[t]) continue;
        threadIdx.x = t;
        swapcontext(&scheduler, &threads[t]);
        left = true;
      }
    }
  }
}
}  // namespace _fibres

static inline void __syncthreads() { _fibres::wait(); }

template <typename T> static inline T __shfl_xor_sync(unsigned int, T value, int step) {
  int mine = threadIdx.x;
  *(T*)_fibres::slots[mine] = value;
  _fibres::wait();
  T other = *(T*)_fibres::slots[mine ^ step];
  _fibres::wait();
  return other;
}
