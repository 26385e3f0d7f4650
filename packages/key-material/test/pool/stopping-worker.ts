/** Replaces the pool's own worker with one that gets no processor time any more once it has a file. */
process.on('disconnect', () => process.exit())
process.on('message', () => process.kill(process.pid, 'SIGSTOP'))
process.send?.({ kind: 'ready' })
