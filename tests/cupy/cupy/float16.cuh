// CuPy's header; here `float16` is known already.
