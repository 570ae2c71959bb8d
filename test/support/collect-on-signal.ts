/**
 * Loaded into a service before it starts: on SIGUSR2 it collects its garbage and logs what it still holds. By itself V8 lets
 * a heap grow for as long as the machine has memory.
 */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(JSON.stringify({ event: "memory", ...process.memoryUsage() }));
});
