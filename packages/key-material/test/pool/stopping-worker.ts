/** Replaces the pool's worker with one that gets no more processor time once it has a file. */
process.on('disconnect', () => process.exit())
process.on('message', () => process.kill(process.pid, 'SIGSTOP'))
process.send?.({ kind: 'ready' })
