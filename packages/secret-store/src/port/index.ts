export * from './paths.ts'
export * from './secret-store.ts'
