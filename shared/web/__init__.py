"""What all pages and APIs share: context, layout, components, labels, problems, forms, streams."""
