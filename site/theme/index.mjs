/** The default theme, and diagrams. */
import DefaultTheme from 'vitepress/theme';
import Diagram from './diagram.vue';
import './style.css';

// What VitePress takes a theme by.
// biome-ignore lint/style/noDefaultExport: VitePress wants it
export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => app.component('Diagram', Diagram),
};
