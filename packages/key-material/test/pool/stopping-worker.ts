import { receiveJobs, sendToParent } from '@mtls-gateway/isolated-jobs/worker'

/** Replaces the pool's worker with one that gets no more processor time once it has a file. */
receiveJobs(() => process.kill(process.pid, 'SIGSTOP'))
sendToParent({ kind: 'ready' })
