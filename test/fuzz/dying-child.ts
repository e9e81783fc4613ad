/** Dies as a process does whose native code fails, for fuzz.test.ts. */
process.send?.({ at: 41 }, () => process.kill(process.pid, 'SIGABRT'));
