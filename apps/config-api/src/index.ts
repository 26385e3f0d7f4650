export { type ConfigApiConfiguration, configApiSettings } from './configuration/configuration.ts'
export { proberSettings } from './prober-service/configuration.ts'
