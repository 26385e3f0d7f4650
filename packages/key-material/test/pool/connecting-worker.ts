import { connect } from 'node:net'
import { receiveJobs, sendToParent } from '@mtls-gateway/isolated-jobs/worker'

/** Replaces the pool's worker with injected code that connects to an attacker. The "file" is the port. */
receiveJobs<{ readonly input: { readonly certificate: string } }>(({ input }) => {
  sendToParent({ kind: 'taken' })
  const tell = (outcome: string) =>
    sendToParent({ kind: 'examined', examination: { outcome, uid: process.getuid?.() } })
  const socket = connect(Number(input.certificate), '127.0.0.1')
  socket.once('connect', () => tell('connected'))
  socket.once('error', (error: NodeJS.ErrnoException) => tell(error.code ?? 'failed'))
})
sendToParent({ kind: 'ready' })
