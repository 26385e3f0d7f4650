import { serveJob } from '../src/worker.ts'

/** Starts longer than a job may take, as on a busy machine. */
setTimeout(() => serveJob(async () => 'answered'), 6_500)
