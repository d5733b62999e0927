// The threads of a block as fibres: each runs until all have to wait for one another, and all that
// are left have to wait for the same.
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
enum Waits { FOR_NOTHING, AT_BARRIER, TO_GIVE, TO_TAKE };
static Waits waiting[MOST];
static void (*body)();
static char slots[MOST][16];
static int partners[MOST];
static bool alone;  // a thread asks one for a value that gives none

static void enter() {
  body();
  waiting[threadIdx.x] = FOR_NOTHING;
}

static void wait(Waits what) {
  waiting[threadIdx.x] = what;
  swapcontext(&threads[threadIdx.x], &scheduler);
}

// Whether no threads waited for different things, or for nobody.
static bool run(int blocks, int count, void (*function)()) {
  body = function;
  blockDim.x = count;
  gridDim.x = blocks;
  alone = false;
  for (blockIdx.x = 0; blockIdx.x < (unsigned)blocks; ++blockIdx.x) {
    for (int t = 0; t < count; ++t) {
      waiting[t] = AT_BARRIER;
      getcontext(&threads[t]);
      threads[t].uc_stack.ss_sp = stacks[t];
      threads[t].uc_stack.ss_size = STACK;
      threads[t].uc_link = &scheduler;
      makecontext(&threads[t], enter, 0);
    }
    for (bool left = true, turn = false; left; turn = !turn) {
      Waits first = FOR_NOTHING;
      left = false;
      for (int k = 0; k < count; ++k) {
        int t = turn ? count - 1 - k : k;  // no order may be relied on
        if (waiting[t] == FOR_NOTHING) continue;
        threadIdx.x = t;
        swapcontext(&scheduler, &threads[t]);
        if (waiting[t] == FOR_NOTHING) continue;
        if (left && waiting[t] != first) return false;
        first = waiting[t];
        left = true;
      }
    }
  }
  return !alone;
}
}  // namespace _fibres

static inline void __threadfence() {}  // blocks run one after the other
static inline void __syncthreads() { _fibres::wait(_fibres::AT_BARRIER); }

template <typename T> static inline T __shfl_xor_sync(unsigned int, T value, int step) {
  int mine = threadIdx.x, partner = mine ^ step;
  *(T*)_fibres::slots[mine] = value;
  _fibres::partners[mine] = partner;
  _fibres::wait(_fibres::TO_GIVE);
  bool left = _fibres::waiting[partner] == _fibres::FOR_NOTHING;
  if (left || _fibres::partners[partner] != mine) _fibres::alone = true;
  T other = *(T*)_fibres::slots[partner];
  _fibres::wait(_fibres::TO_TAKE);
  return other;
}
