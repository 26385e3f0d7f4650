export { type ConsoleConfiguration, consoleSettings } from './configuration/configuration.ts'
