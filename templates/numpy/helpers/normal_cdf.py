def _normal_cdf(x, out=None, u=None, v=None):
    """The normal distribution function, (1 + erf(x / sqrt(2))) / 2.

    With a = |x| it is q = exp(-a^2 / 2) R(a) to the left of 0 and 1 - q to the right,
    so that no digit of the left tail is lost. R is a rational function with positive
    coefficients, fitted with mpmath for the least largest relative error of q
    (weighted least squares, reweighted as by Lawson): 6e-17 in float64, 6e-9 below.

    u and v are buffers of the shape of x, which out must not be.
    """
    if out is None:
        out, u, v = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    if x.dtype.itemsize == 8:
        limit = 39.0  # exp(-limit^2 / 2) is 0 but for rounding
        numerator = (
            1.385193554784229e-06,
            3.724299511039502e-05,
            0.0004902963527483742,
            0.0040884870412677965,
            0.0236185731042708,
            0.09768684729234091,
            0.28930498468108834,
            0.5940078307074015,
            0.7748476085565638,
            0.5,
        )
        denominator = (
            3.4721653302691026e-06,
            9.335434457352192e-05,
            0.0012324628662773892,
            0.010341671551476595,
            0.06042502994567804,
            0.25492621028099094,
            0.7819600223220596,
            1.7142543783331132,
            2.561113321467306,
            2.347579777915983,
            1.0,
        )
    else:
        limit = 14.5 if x.dtype.itemsize == 4 else 8.0
        numerator = (0.004093009677, 0.040476428006, 0.18277022992, 0.43766770612, 0.5)
        denominator = (
            0.0102595287,
            0.10146602188,
            0.46824321682,
            1.2005725414,
            1.6732203776,
            1.0,
        )
    np.abs(x, out=u)
    np.minimum(u, limit, out=u)
    np.multiply(u, u, out=out)
    np.multiply(out, -0.5, out=out)
    np.exp(out, out=out)
    for polynomial, combine in ((numerator, np.multiply), (denominator, np.divide)):
        np.multiply(u, polynomial[0], out=v)
        np.add(v, polynomial[1], out=v)
        for coefficient in polynomial[2:]:
            np.multiply(v, u, out=v)
            np.add(v, coefficient, out=v)
        combine(out, v, out=out)
    np.heaviside(x, 0.0, out=u)
    np.subtract(u, out, out=out)  # 1 - q, or -q
    return np.abs(out, out=out)
