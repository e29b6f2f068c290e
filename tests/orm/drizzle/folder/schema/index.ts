export * from './users';
export { posts, comments as remarks } from './posts';
