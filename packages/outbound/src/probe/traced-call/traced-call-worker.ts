import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { makeTracedCall } from './make-traced-call.ts'

/** The process of a single traced call. */
serveJob(makeTracedCall)
