export { type EmbeddedCoordinationOptions, openEmbeddedCoordination } from './embedded/open.ts'
export * from './port.ts'
