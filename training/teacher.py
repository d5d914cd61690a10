"""Keypoints of every photo from a teacher, MediaPipe Pose (Apache-2.0, weights in its package)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from model import KEYPOINTS

# MediaPipe's landmark numbers, in the order of KEYPOINTS.
LANDMARKS = [0, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]


def teach(root: Path, out: Path, masks: str) -> None:
    """Writes {photo number: 15 x [x, y, known]} in pixels; unknown where the teacher is unsure. `masks`:
    the folder of labels that tell where the person is."""
    import mediapipe as mp

    pose = mp.solutions.pose.Pose(static_image_mode=True, model_complexity=1,
                                  min_detection_confidence=0.4)
    result, found = {}, 0
    for path in sorted((root / "photos").glob("*.jpg")):
        photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        person = cv2.imread(str(root / masks / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
        near = cv2.dilate(person.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
        answer = pose.process(photo)
        if answer.pose_landmarks is None:
            continue
        h, w = person.shape
        points = []
        for number in LANDMARKS:
            mark = answer.pose_landmarks.landmark[number]
            x, y = mark.x * w, mark.y * h
            inside = 0 <= x < w and 0 <= y < h
            # A joint beside the person's silhouette is a mistake of the teacher.
            known = mark.visibility > 0.5 and inside and near[int(y), int(x)]
            points.append([round(x, 1), round(y, 1), 1 if known else 0])
        result[path.stem] = points
        found += 1
    out.write_text(json.dumps(result))
    print(f"teacher: {found} photos with a pose, {len(KEYPOINTS)} keypoints each")


if __name__ == "__main__":
    teach(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
