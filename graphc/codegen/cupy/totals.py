"""Sums down the rows by all blocks of a grid, as functions that column kernels call."""

from __future__ import annotations

THREADS = 256  # of a block
WIDEST = 32  # columns of a block: what a warp reads side by side

FUNCTIONS = {
    "moments": """\
// How many numbers there are, their mean, and the sum of their squared distances from it: in one pass,
// and nothing cancels (T. Chan, G. Golub and R. LeVeque, 1979).
template <typename T> struct Moments { T count, mean, squares; };
template <typename T> __device__ void take_in(Moments<T>& all, T x) {
  T distance = x - all.mean;
  all.count += 1;
  all.mean += distance / all.count;
  all.squares += distance * (x - all.mean);
}
template <typename T> __device__ Moments<T> joined(Moments<T> a, Moments<T> b) {
  T count = a.count + b.count, distance = b.mean - a.mean;
  if (b.count == 0) return a;
  return {count, a.mean + distance * (b.count / count),
          a.squares + b.squares + distance * distance * (a.count * b.count / count)};
}
template <typename T> __device__ void put(volatile T* part, int columns, Moments<T> all) {
  part[0] = all.count;
  part[columns] = all.mean;
  part[2 * columns] = all.squares;
}
template <typename T> __device__ void add(Moments<T>& all, const volatile T* part, int columns) {
  all = joined(all, Moments<T>{part[0], part[columns], part[2 * columns]});
}
""",
    "column_total": f"""\
// What a block's rows come to in each of its columns, for all of their threads.
template <typename T> __device__ T joined(T a, T b) {{ return a + b; }}
template <int WIDTH, typename T> __device__ T column_total(T value) {{
  __shared__ T parts[{THREADS}];
  parts[threadIdx.x] = value;
  for (int step = {THREADS // 2}; step >= WIDTH; step /= 2) {{
    __syncthreads();
    if (threadIdx.x < step)
      parts[threadIdx.x] = joined(parts[threadIdx.x], parts[threadIdx.x + step]);
  }}
  __syncthreads();
  value = parts[threadIdx.x % WIDTH];
  __syncthreads();
  return value;
}}
// A part of a total, left for the block that adds all of them up.
template <typename T> __device__ void put(volatile T* part, int columns, T value) {{
  part[0] = value;
}}
template <typename T> __device__ void add(T& value, const volatile T* part, int columns) {{
  value += part[0];
}}
""",
    "last_block": """\
// Whether no other block of a tile is still to come: what they left can be read. The count of
// those that came begins again at 0.
__device__ bool last_block(unsigned int* came, int blocks) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    last = atomicAdd(came, 1u) == blocks - 1;
    if (last) *came = 0;
  }
  __syncthreads();
  return last;
}
""",
}

MAKE = f'''\
def _column_kernel(code, name, width, numbers, dtype=np.float32):
    """A kernel that adds up all rows, called with the number of rows and that of columns.

    Each block takes so many columns of some rows, and leaves so many numbers for each; the last one
    to come adds up what all of them left, always in the same order.
    """
    kernel, spaces = cp.RawKernel(code, name), {{}}

    def launch(rows, columns, *given):
        tiles = -(-columns // width)
        most = max(1024 // tiles, 1)
        blocks = max(min(-(-rows * width // {8 * THREADS}), most), 1)
        # Each stream has its own; while one is captured, that of the launches before.
        key = cp.cuda.get_current_stream().ptr, columns
        if key not in spaces:
            parts = cp.empty(most * numbers * columns, dtype=dtype)
            spaces[key] = parts, cp.zeros(tiles, dtype=np.uint32)
        args = rows, np.int32(columns), *given, *spaces[key]
        kernel((tiles * blocks,), ({THREADS},), args)

    return launch
'''
