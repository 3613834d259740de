# exit: 1
import sys
print("out")
try:
    sys.exit("bye")
finally:
    print("finally")
