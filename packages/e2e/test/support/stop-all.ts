export { stopAll as default } from './run.ts'
