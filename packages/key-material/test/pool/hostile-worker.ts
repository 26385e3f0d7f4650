import { writeSync } from 'node:fs'
import { receiveJobs, sendToParent } from '@mtls-gateway/isolated-jobs/worker'

/**
 * Replaces the pool's worker with code that has taken it over. The "certificate" is what it does, the "key" the bytes
 * that it writes to its parent, in base64.
 */
receiveJobs<{ readonly input: { readonly certificate: string; readonly privateKey: string } }>(({ input }) => {
  const write = () => writeSync(3, Buffer.from(input.privateKey, 'base64'))
  sendToParent({ kind: 'taken' })
  if (input.certificate === 'instead of the answer') return write()
  sendToParent({ kind: 'examined', examination: {} })
  if (input.certificate === 'with the answer') return write()
  return setTimeout(write, 200)
})
sendToParent({ kind: 'ready' })
