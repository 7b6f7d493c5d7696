import { z } from 'zod';
import type { Dataset } from '../../datasets/dataset.ts';
import { postNumber, text } from '../../datasets/rules.ts';
import { dataPath, followerCount } from '../rules.ts';

/** The content of a post. */
const pin: Dataset = {
  name: 'pin',
  singular: 'a pin',
  plural: 'pins',
  title: 'Pins: what was posted',
  grain:
    "one row per post: its content, its poster and the poster's number of followers when the post was collected",
  key: 'index',
  fields: {
    index: { description: 'Number of the post', rule: postNumber, sent: z.int().min(0) },
    unique_id: { description: 'Id of the post at Pinterest', rule: text, sent: z.string() },
    title: { description: 'Title', rule: text, placeholders: ['No Title Data Available'], sent: z.string() },
    description: {
      description: 'Description',
      rule: text,
      placeholders: ['No description available Story format', 'No description available', 'Untitled'],
      sent: z.string(),
    },
    poster_name: {
      description: 'Name of the poster',
      rule: text,
      placeholders: ['User Info Error'],
      sent: z.string(),
    },
    follower_count: {
      description: 'Followers of the poster when the post was collected',
      rule: followerCount,
      placeholders: ['User Info Error'],
      sent: z.string(),
    },
    tag_list: {
      description: 'Tags, separated by commas',
      rule: text,
      placeholders: ['N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e'],
      sent: z.string(),
    },
    is_image_or_video: {
      description: 'image, video or multi-video(story page format)',
      rule: text,
      sent: z.string(),
    },
    image_src: {
      description: 'Address of the picture',
      rule: text,
      placeholders: ['Image src error.'],
      sent: z.string(),
    },
    downloaded: {
      description: 'Whether the picture was fetched',
      rule: text,
      sent: z.union([z.literal(0), z.literal(1)]),
      dropped: true,
    },
    save_location: { description: 'Path the picture was saved under', rule: dataPath, sent: z.string() },
    category: { description: 'Category', rule: text, sent: z.string() },
  },
  columns: [
    { name: 'ind', from: 'index' },
    { name: 'unique_id' },
    { name: 'title' },
    { name: 'description' },
    { name: 'follower_count' },
    { name: 'poster_name' },
    { name: 'tag_list' },
    { name: 'is_image_or_video' },
    { name: 'image_src' },
    { name: 'save_location' },
    { name: 'category' },
  ],
};

export default pin;
