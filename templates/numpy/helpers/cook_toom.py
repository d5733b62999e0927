@functools.cache
def _cook_toom(outputs, taps, dtype, axes):
    """Matrices by which a filter takes n = outputs + taps - 1 products, not outputs * taps.

    The product of two polynomials is found from their values at n points, the last at
    infinity: s = V_n^-1 ((V_taps g) * (V_outputs h)), where V_k takes k coefficients to
    values. Transposed, that is what a filter g makes of n inputs d:

        y = V_outputs^T ((V_taps g) * (V_n^-T d))

    Here for inputs, for filters and for outputs; over two axes as products with one
    matrix each, Kronecker's square (S. Winograd, 1980; A. Lavin and S. Gray, 2016).
    """
    n = outputs + taps - 1
    points = np.array([0.0, 1.0, -1.0, 0.5, -2.0, 2.0, -0.5])[: n - 1]

    def values(count):
        finite = points[:, None] ** np.arange(count)
        return np.vstack([finite, np.eye(count)[-1:]])

    matrices = np.linalg.inv(values(n)).T, values(taps), values(outputs).T
    squares = [np.kron(matrix, matrix) for matrix in matrices]
    return [a.astype(dtype) for a in (squares if axes == 2 else matrices)]
