export { bundleApp } from './bundle-app.ts'
