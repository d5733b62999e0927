// What CuPy puts around the code of kernels, in short, for nvcc.
typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef signed char int8;
typedef long long int64;
typedef float float32;
typedef double float64;

#include <cuda_fp16.h>

// Half precision, as CuPy's: computed in float.
struct float16 {
  __half value;
  __device__ float16() {}
  __device__ float16(float x) : value(__float2half(x)) {}
  __device__ operator float() const { return __half2float(value); }
};

#ifdef IN_ORDER  // arrays without gaps, which CuPy indexes so
template <typename T> struct Strided {
  T* data;
  __device__ T& operator[](long long index) const { return data[index]; }
};
#else
// An array of any strides, whose elements are counted in row-major order.
template <typename T> struct Strided {
  char* data;
  int ndim;
  long long shape[8], strides[8];
  __device__ __noinline__ T& operator[](long long index) const {
    char* at = data;
    for (int axis = ndim - 1; axis >= 0; --axis) {
      at += index % shape[axis] * strides[axis];
      index /= shape[axis];
    }
    return *(T*)at;
  }
};
#endif
