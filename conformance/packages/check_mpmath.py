from mpmath import mp, mpf, quad, sin, zeta, findroot, matrix, lu_solve

mp.dps = 40
print(mp.pi, mp.e, mpf(2) ** mpf("0.5"), zeta(3), quad(sin, [0, mp.pi]))
print(findroot(lambda x: x ** 3 - 2, 1), mp.mpc(1, 2) ** 3, mp.gamma(mpf(1) / 3))
print(lu_solve(matrix([[1, 2], [3, 4]]), matrix([5, 6])), mp.nstr(mp.besselj(0, 1), 15))
