import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { makeTracedCall } from '../call.ts'

/** The process of a single traced call. */
serveJob(makeTracedCall)
