export { IsolatedJobs } from './isolated-jobs.ts'
export { detectIsolation, type Isolation, isolated, noIsolation } from './isolation.ts'
export type { JobLimits, JobOutcome } from './job-process.ts'
export { workerFlags } from './worker-flags.ts'
