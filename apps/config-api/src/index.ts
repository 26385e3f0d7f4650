export { type ConfigApiConfiguration, configApiSettings } from './configuration.ts'
export { proberSettings } from './prober-service/configuration.ts'
