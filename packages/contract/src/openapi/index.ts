export { type OpenApiDocument, openApiDocument, openApiText } from './document.ts'
