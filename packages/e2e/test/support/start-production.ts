export { startProduction as default } from './run.ts'
