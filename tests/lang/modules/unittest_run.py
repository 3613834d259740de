import io, sys, unittest


class T(unittest.TestCase):
    def setUp(self): self.x = 1
    def test_pass(self): self.assertEqual(self.x, 1)
    def test_fail(self): self.assertEqual([1, 2], [1, 3])
    def test_error(self): 1 / 0
    @unittest.skip("why")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_raises(self):
        with self.assertRaises(ValueError) as cm:
            int("x")
        self.assertIn("invalid", str(cm.exception))
        with self.assertRaisesRegex(KeyError, "k"):
            {}["k"]
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
    def test_more(self):
        self.assertTrue(1); self.assertFalse(0); self.assertIs(None, None); self.assertIsNone(None); self.assertIn(1, [1])
        self.assertAlmostEqual(0.1 + 0.2, 0.3); self.assertGreater(2, 1); self.assertIsInstance(1, int); self.assertRegex("abc", "b")
        self.assertCountEqual([1, 2], [2, 1]); self.assertDictEqual({1: 2}, {1: 2}); self.assertRaises(TypeError, len, 5)


suite = unittest.defaultTestLoader.loadTestsFromTestCase(T)
r = unittest.TextTestRunner(stream=io.StringIO(), verbosity=2).run(suite)
print(r.testsRun, len(r.failures), len(r.errors), len(r.skipped), len(r.expectedFailures), r.wasSuccessful())
print([str(t).split()[0] for t, _ in r.failures], r.failures[0][1].splitlines()[-1] if r.failures else "")
from unittest import mock
m = mock.Mock(return_value=5)
print(m(1, a=2), m.called, m.call_args)
with mock.patch("os.getcwd", return_value="/fake"):
    import os
    print(os.getcwd())
