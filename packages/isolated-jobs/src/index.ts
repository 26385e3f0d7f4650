export { IsolatedJobs } from './isolated-jobs.ts'
export type { JobLimits, JobOutcome } from './job-process.ts'
export { workerFlags } from './worker-flags.ts'
