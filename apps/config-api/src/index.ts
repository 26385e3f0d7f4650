export { type ConfigApiConfiguration, configApiSettings } from './configuration.ts'
