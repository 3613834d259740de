class A:
    class B:
        if flag:
            x: int = 1
        y: "str"

    def f(self, a: T) -> B:
        local: int = 2
        return local
