export { type DemoFile, demoFilePath, readDemoFile } from './demo-file.ts'
