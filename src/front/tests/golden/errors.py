def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError as e:
        print(e)
    finally:
        done()

def maybe(flag):
    if flag:
        x = 1
    return x
