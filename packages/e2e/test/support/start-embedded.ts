export { startEmbedded as default } from './run.ts'
