// What the code of kernels finds on the CPU: CUDA's words and functions, for g++.
#define __device__ static inline
#define __host__
#define __global__
#define __forceinline__ inline
#define __restrict__
#define __launch_bounds__(...)

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef signed char int8;
typedef short int16;
typedef int int32;
typedef long long int64;
typedef float float32;
typedef double float64;
typedef _Float16 float16;
typedef unsigned long size_t;

#define UNARY(name)                                                             \
  static inline double name(double x) { return __builtin_##name(x); }            \
  static inline float name(float x) { return __builtin_##name##f(x); }
#define BINARY(name)                                                             \
  static inline double name(double x, double y) { return __builtin_##name(x, y); } \
  static inline float name(float x, float y) { return __builtin_##name##f(x, y); }

namespace cuda {
UNARY(exp) UNARY(expm1) UNARY(log) UNARY(log1p) UNARY(sqrt) UNARY(sin) UNARY(cos) UNARY(tanh)
UNARY(floor) UNARY(erf) UNARY(erfc) UNARY(trunc) BINARY(fmod) BINARY(pow)
static inline float sqrtf(float x) { return __builtin_sqrtf(x); }
static inline float logf(float x) { return __builtin_logf(x); }
static inline float cosf(float x) { return __builtin_cosf(x); }
static inline unsigned int __float_as_uint(float x) { return __builtin_bit_cast(unsigned int, x); }
static inline float expf(float x) { return __builtin_expf(x); }
static inline float rsqrt(float x) { return 1 / __builtin_sqrtf(x); }
static inline double rsqrt(double x) { return 1 / __builtin_sqrt(x); }
static inline float abs(float x) { return __builtin_fabsf(x); }
static inline double abs(double x) { return __builtin_fabs(x); }
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline long long abs(long long x) { return x < 0 ? -x : x; }
static inline double normcdf(double x) { return 0.5 * __builtin_erfc(-x * 0.70710678118654752440); }
static inline float normcdf(float x) { return (float)normcdf((double)x); }
static inline double normcdfinv(double p) {  // by bisection
  double low = -40, high = 40;
  for (int step = 0; step < 200; ++step) {
    double middle = (low + high) / 2;
    (normcdf(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}
static inline float normcdfinv(float p) { return (float)normcdfinv((double)p); }
template <typename T> static inline T max(T x, T y) { return x < y ? y : x; }
template <typename T> static inline T min(T x, T y) { return y < x ? y : x; }
}  // namespace cuda
using namespace cuda;

template <typename T> static inline T atomicAdd(T* place, T value) {
  T before = *place;
  *place = before + value;
  return before;
}

// An array of any strides, whose elements are counted in row-major order.
template <typename T> struct Raw {
  char* data;
  int ndim;
  const long long *shape, *strides;
  T& operator[](long long index) const {
    char* at = data;
    for (int axis = ndim - 1; axis >= 0; --axis) {
      at += index % shape[axis] * strides[axis];
      index /= shape[axis];
    }
    return *(T*)at;
  }
  long long size() const {
    long long total = 1;
    for (int axis = 0; axis < ndim; ++axis) total *= shape[axis];
    return total;
  }
};

struct Array {
  char* data;
  long long ndim;
  const long long *shape, *strides;
};

static inline char* _element(const Array& a, long long index, long long ndim, const long long* shape) {
  char* at = a.data;
  for (long long axis = ndim - 1; axis >= 0; --axis) {
    at += index % shape[axis] * a.strides[axis];
    index /= shape[axis];
  }
  return at;
}
