import threading


def hook(args):
    print("hook", args.exc_type.__name__, args.exc_value, args.thread.name)


threading.excepthook = hook
t = threading.Thread(target=lambda: 1 / 0, name="dies")
t.start()
t.join()
print("main goes on")


def quits():
    raise SystemExit(3)


t = threading.Thread(target=quits)
t.start()
t.join()
print("still here")
