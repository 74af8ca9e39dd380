/** Whether topics match one pattern. */
import { isPattern } from '../../decorators/topic-name.js';
import { TopicTree } from './topic-tree.js';

/** The test for one topic or pattern. */
export function topicFilter(pattern: string): (topic: string) => boolean {
  if (!isPattern(pattern)) return (topic) => topic === pattern;
  const tree = new TopicTree<true>();
  tree.obtain(pattern, () => true);
  return (topic) => tree.match(topic).size > 0;
}
