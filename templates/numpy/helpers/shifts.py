def _shifts(sizes, outputs, kernel, low=(0,) * 3, strides=(1,) * 3, dilation=(1,) * 3):
    """For each position in a kernel, the outputs that read inputs there, and those inputs.

    Output i reads input i s + k d - low; where that is padding, it is left out.
    """
    found = []
    for position in np.ndindex(*kernel):
        outs, ins = [slice(None)], [slice(None)]
        for k, n, m, a, s, d in zip(position, sizes, outputs, low, strides, dilation):
            offset = k * d - a
            first = min(max(-(offset // s), 0), m)
            count = max(min((n - 1 - offset) // s + 1, m) - first, 0)
            start = max(first * s + offset, 0)
            outs.append(slice(first, first + count))
            ins.append(slice(start, start + count * s, s))
        found.append((position, tuple(outs), tuple(ins)))
    return found
