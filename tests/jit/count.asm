cmp r9, r10
jge exit4
add r9, 1
jmp L1  ; patch point to exit3
