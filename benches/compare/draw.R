# Draws the scene with R, a PNG a frame: one png() device for all, everything of a kind in one vectorised call.
# Arguments: the folder of tables, the size, how many frames, the folder of pictures. Prints frames a second.
args <- commandArgs(trailingOnly = TRUE)
cache <- args[1]; size <- args[2]; frames <- as.integer(args[3]); out <- args[4]
table_of <- function(kind, columns) {
  read.delim(file.path(cache, paste0(kind, "-", size, ".tsv")), header = FALSE, quote = "", comment.char = "",
             col.names = columns, stringsAsFactors = FALSE)
}
by_frame <- function(t) split(t, factor(t$frame, levels = seq_len(frames)))
ticks <- by_frame(table_of("ticks", c("frame", "x", "y", "width")))
labels <- by_frame(table_of("labels", c("frame", "text", "size", "x", "y", "left")))
bars <- table_of("bars", c("frame", "x", "y", "width", "height", "color"))
bars$color <- adjustcolor(bars$color, 0.55)
bars <- by_frame(bars)
bubbles <- table_of("bubbles", c("frame", "x", "y", "radius", "color"))
bubbles$color <- adjustcolor(bubbles$color, 0.85)
bubbles <- by_frame(bubbles)
names <- table_of("names", c("text", "size", "x", "y", "color"))
clock <- table_of("clock", c("frame", "text", "size", "x", "y"))
height <- if (size == "4k") 2160 else 1080
width <- height * 16 / 9

start <- proc.time()[["elapsed"]]
# A point size of 12 at 72 dpi: text of `cex` 1 is 12 pixels high.
png(file.path(out, "%05d.png"), width, height, type = "cairo", bg = "#090a0e", family = "IBM Plex Sans", pointsize = 12, res = 72)
par(mar = c(0, 0, 0, 0), xaxs = "i", yaxs = "i")
for (k in seq_len(frames)) {
  plot.new()
  plot.window(c(0, width), c(height, 0))
  b <- bars[[k]]
  rect(b$x, b$y, b$x + b$width, b$y + b$height, col = b$color, border = NA)
  t <- ticks[[k]]
  segments(t$x, t$y, t$x + t$width, t$y, col = "#333640", lwd = 0.75)
  text(names$x, names$y, names$text, cex = names$size / 12, col = names$color)
  b <- bubbles[[k]]
  # Inches at 72 dpi.
  symbols(b$x, b$y, circles = b$radius / 72, inches = max(b$radius) / 72, bg = b$color, fg = NA, add = TRUE)
  l <- labels[[k]]
  for (left in c("True", "False")) {
    side <- l[l$left == left, ]
    text(side$x, side$y, side$text, cex = side$size / 12, col = "#f0f0e8", adj = c(if (left == "True") 1 else 0, 0.5))
  }
  text(clock$x[k], clock$y[k], clock$text[k], cex = clock$size[k] / 12, col = "#f0f0e8")
}
invisible(dev.off())
cat(frames / (proc.time()[["elapsed"]] - start), "\n", sep = "")
