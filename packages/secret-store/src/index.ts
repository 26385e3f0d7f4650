export * from './paths.ts'
export * from './port.ts'
