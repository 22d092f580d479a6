// Ends the emulator when whoever started it is gone, however that came about:
// the other end of standard input closes even when the parent was killed.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
