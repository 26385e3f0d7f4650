export { readOrCreateFile } from './first-start-file.ts'
export * from './paths.ts'
export * from './port.ts'
