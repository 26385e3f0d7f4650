import { connect } from 'node:net'

/** Replaces the pool's worker with injected code that connects to an attacker. The "file" is the port. */
process.on('disconnect', () => process.exit())
process.on('message', ({ input }: { readonly input: { readonly certificate: string } }) => {
  process.send?.({ kind: 'taken' })
  const tell = (outcome: string) =>
    process.send?.({ kind: 'examined', examination: { outcome, uid: process.getuid?.() } })
  const socket = connect(Number(input.certificate), '127.0.0.1')
  socket.once('connect', () => tell('connected'))
  socket.once('error', (error: NodeJS.ErrnoException) => tell(error.code ?? 'failed'))
})
process.send?.({ kind: 'ready' })
