export { type DemoFile, demoFilePath, readDemoFile } from './demo-file.ts'
export { freePorts } from './ports.ts'
