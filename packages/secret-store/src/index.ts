export { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/open.ts'
export { readOrCreateFile } from './first-start-file.ts'
export * from './paths.ts'
export * from './port.ts'
